// What chance and noise alone may do to a share: the formulas of docs/warehouse.md, "More than
// chance", for comparisons that the tables beside this page do not hold.

// Variance that perturbing and rounding give to one count.
function noiseVariance() {
  const unit = Number(data.rounding);
  return (3 * unit ** 2 + 4 * unit - 1) / 12;
}

// Of the logarithm of the share count / total; `noises` is how many perturbed figures the total sums.
function shareVariance(count, total, perAccount, noises) {
  const drawn = perAccount * (1 / count - 1 / total);
  const noise = noiseVariance() * (1 / count ** 2 - 2 / (count * total) + noises / total ** 2);
  return Math.max(drawn + noise, 1e-12);
}

const perAccount = (topic) => Math.max(1, topic.conversations / (topic.accounts || topic.conversations));

function ratioOfShares(one, other) {
  const ratio = one.count / one.total / (other.count / other.total);
  const error = Math.sqrt(one.variance + other.variance);
  return {
    times: ratio,
    low: ratio * Math.exp(-1.959964 * error),
    high: ratio * Math.exp(1.959964 * error),
    p: twoSided(Math.abs(Math.log(ratio)) / error),
  };
}

// P(|Z| >= z) = erfc(z / √2): Abramowitz and Stegun (1964), 7.1.26, wrong by 1.5e-7 at most.
function twoSided(z) {
  const t = 1 / (1 + (0.3275911 * z) / Math.SQRT2);
  const terms = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];
  return Math.exp((-z * z) / 2) * terms.reduceRight((sum, term) => t * (term + sum), 0);
}

// Benjamini and Hochberg (1995): marks what differs by more than chance, one in twenty wrong at most.
function markFindings(rows) {
  const ordered = rows.filter(({ ratio }) => ratio).sort((a, b) => a.ratio.p - b.ratio.p);
  let q = 1;
  for (let at = ordered.length - 1; at >= 0; at -= 1) {
    q = Math.min(q, (ordered[at].ratio.p * ordered.length) / (at + 1));
    ordered[at].ratio.q = q;
    ordered[at].found = q < 0.05;
  }
  return rows;
}

// The end of the interval that is nearer to "no difference", 0 where it holds it.
function surely({ low, high }) {
  return low > 1 ? Math.log(low) : high < 1 ? -Math.log(high) : 0;
}
