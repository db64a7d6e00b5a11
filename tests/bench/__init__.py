"""`make bench`: what the main job costs, beside what it would cost without it. Ratios are taken within one run."""
