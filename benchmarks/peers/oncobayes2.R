# One BLRM posterior by OncoBayes2 (Stan): P(P(DLT) above the target interval) at each dose.
source("common.R")
need("OncoBayes2")

# Standard error of a mean of draws (in the order of the chains), from the spread of batch means.
batch_means_error <- function(draws, batches = 40) {
  means <- tapply(draws, cut(seq_along(draws), batches, labels = FALSE), mean)
  sd(means) / sqrt(batches)
}

with(settings, {
  tried <- patients > 0
  data <- data.frame(
    group_id = factor("all"), x = log(doses / reference_dose), dlts = dlts, others = patients - dlts
  )
  settings_of_prior <- if ("prior_EX_mu_comp" %in% names(formals(blrm_exnex))) {
    # From 0.9 on.
    list(
      prior_EX_mu_comp = list(mixmvnorm(c(1, prior_mean, diag(prior_sd^2)))), prior_tau_dist = NULL
    )
  } else {
    # Between-group standard deviations tau fixed at 0: the plain BLRM.
    list(
      prior_EX_mu_mean_comp = matrix(prior_mean, 1), prior_EX_mu_sd_comp = matrix(prior_sd, 1),
      prior_EX_tau_mean_comp = matrix(0, 1, 2), prior_EX_tau_sd_comp = matrix(1, 1, 2),
      prior_EX_prob_comp = matrix(1, 1, 1), prior_tau_dist = 0
    )
  }
  set.seed(seed)
  seconds <- seconds_of(
    fit <- do.call(blrm_exnex, c(
      list(
        cbind(dlts, others) ~ 1 + x | 0 | group_id, data = data[tried, ],
        chains = chains, iter = 2 * draws, warmup = draws, cores = 1, refresh = 0
      ),
      settings_of_prior
    ))
  )
  above <- posterior_linpred(fit, transform = TRUE, newdata = data) >= target_interval[2]
  report("OncoBayes2", seconds, colMeans(above), mcse = apply(above, 2, batch_means_error))
})
