# All paths of a 3+3 with de-escalation, and their probabilities, by bcrm.
source("common.R")
need("bcrm")

with(settings, {
  seconds <- seconds_of(
    paths <- threep3(truep = prob_dlt, threep3.start = 1, threep3.esc.only = FALSE, quietly = TRUE)
  )
  levels <- seq_along(prob_dlt)
  report("bcrm", seconds, vapply(c(0, levels), function(level) sum(paths$prob[paths$mtd == level]), 0))
})
