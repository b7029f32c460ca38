//! "Did you mean …?"

/// Help for a word that is not among those known: the one most like it, or all of them.
#[must_use]
pub fn help<'a>(
    word: &str,
    kind: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let known: Vec<&str> = known.into_iter().collect();
    if let Some(near) = closest(word, &known) {
        return Some(format!("did you mean `{near}`?"));
    }
    match known.len() {
        0 => None,
        1..=12 => Some(format!("{kind}: {}", list(&known))),
        more => Some(format!("{kind}: {} and {} more", list(&known[..12]), more - 12)),
    }
}

/// The words in a row, quoted.
pub(crate) fn list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The word that is most like it, if one is. Short words are like too many others.
#[must_use]
pub fn closest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).min(3);
    let near = known.iter().map(|&other| (distance(word, other), other));
    near.filter(|&(distance, _)| distance <= limit)
        .min_by_key(|&(distance, _)| distance)
        .map(|n| n.1)
}

/// Letters to insert, remove, replace or swap with their neighbour to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > 3 {
        return usize::MAX;
    }
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = cheapest(&a, &b, &rows, i, j);
        }
    }
    rows[a.len()][b.len()]
}

fn cheapest(a: &[char], b: &[char], rows: &[Vec<usize>], i: usize, j: usize) -> usize {
    if i == 0 || j == 0 {
        return i + j;
    }
    let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
    let best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
    let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
    if swapped { best.min(rows[i - 2][j - 2] + 1) } else { best }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_recognised() {
        let keys = ["priority", "phase", "stack"];
        assert_eq!(closest("prioritiy", &keys), Some("priority"));
        assert_eq!(closest("satck", &keys), Some("stack"));
        assert_eq!(closest("phases", &keys), Some("phase"));
        assert_eq!(closest("colour", &keys), None);
        assert_eq!(closest("", &keys), None);
        assert_eq!(closest("w", &["r", "rw"]), None);
    }

    #[test]
    fn long_lists_are_cut() {
        let many: Vec<String> = (0..20).map(|n| format!("thing-number-{n}")).collect();
        let help = help("x", "there are", many.iter().map(String::as_str)).unwrap();
        assert!(help.ends_with("and 8 more"), "{help}");
    }
}
