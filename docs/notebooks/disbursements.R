# Disbursements per objective and year, over CSV, with nothing but base R.
#
#   Rscript disbursements.R [ADDRESS OF THE SERVICE] [FILE OF THE CHART]

arguments <- commandArgs(trailingOnly = TRUE)
service <- if (length(arguments) >= 1) arguments[1] else "http://127.0.0.1:8000"
chart <- if (length(arguments) >= 2) arguments[2] else "disbursements.png"

money <- read.csv(paste0(service, "/questions/money-per-objective?format=csv"), encoding = "UTF-8")

# Objectives of one note may be added, those of two notes not, since an activity may serve both: here are the axes of the
# COVID-19 health note. Nor may reporters be added, since a donor and the organisation that it pays both report the same
# money: here is the one with the most rows. Amounts without a rate in euros are left out.
note <- money[startsWith(money$notation, "H") & money$currency == "EUR" & !is.na(money$year), ]
chosen <- names(sort(table(note$reporter), decreasing = TRUE))[1]
own <- note[note$reporter == chosen, ]
own$left <- own$disbursed + own$spent
sums <- aggregate(left ~ year + notation, data = own, FUN = sum)
print(sums, row.names = FALSE)

wide <- xtabs(left ~ notation + year, data = sums) / 1e6
png(chart, width = 900, height = 500)
barplot(wide, legend.text = TRUE, ylab = "million EUR", main = "Disbursed and spent", sub = chosen)
invisible(dev.off())
