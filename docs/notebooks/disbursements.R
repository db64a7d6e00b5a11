# Disbursements per objective and year, over CSV, with nothing but base R.
#
#   Rscript disbursements.R [ADDRESS OF THE SERVICE] [FILE OF THE CHART]

arguments <- commandArgs(trailingOnly = TRUE)
service <- if (length(arguments) >= 1) arguments[1] else "http://127.0.0.1:8000"
chart <- if (length(arguments) >= 2) arguments[2] else "disbursements.png"

money <- read.csv(paste0(service, "/questions/money-per-objective?format=csv"), encoding = "UTF-8")

# A donor and the organisation that it pays both report the same money, so reporters must not be added: here is the one
# with the most rows. Amounts without a rate in euros are left out.
reporter <- names(sort(table(money$reporter), decreasing = TRUE))[1]
own <- subset(money, reporter == get("reporter", envir = globalenv()) & currency == "EUR" & !is.na(year))
own$left <- own$disbursed + own$spent
sums <- aggregate(left ~ year + notation, data = own, FUN = sum)
print(sums, row.names = FALSE)

wide <- xtabs(left ~ notation + year, data = sums) / 1e6
png(chart, width = 900, height = 500)
barplot(wide, legend.text = TRUE, ylab = "million EUR", main = "Disbursed and spent", sub = reporter)
invisible(dev.off())
