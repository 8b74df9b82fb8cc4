# Simulated 3+3 trials without de-escalation by UBCRM.
source("common.R")
need("UBCRM")

with(settings, {
  # It draws a progress bar in the output, which ends before the answer's line.
  seconds <- seconds_of(simulated <- ssim3p3(truerate = prob_dlt, n = trials, r = 8, seed = seed))
  selected <- simulated$data$recommendation / 100
  report("UBCRM", seconds, c(1 - sum(selected), selected))
})
