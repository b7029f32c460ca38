//! Notification bits by name.

/// Names of notification bits.
pub fn names(task: Option<&archive::Task>, bits: u32) -> Vec<String> {
    let named = task.map_or(&[][..], |task| &task.notifications);
    let set = (0..32_usize).filter(|bit| bits >> bit & 1 != 0);
    set.map(|bit| named.get(bit).cloned().unwrap_or_else(|| format!("bit {bit}"))).collect()
}

/// The same for people: several bits in a row that have no name are told together.
pub fn listed(task: Option<&archive::Task>, bits: u32) -> String {
    let mut bit = task.map_or(0, |task| task.notifications.len().min(32)) as u32;
    let named = ((1_u64 << bit) - 1) as u32;
    let mut words = names(task, bits & named);
    while bit < u32::BITS {
        let row = (bits >> bit).trailing_ones();
        match row {
            0 => (),
            1 => words.push(format!("bit {bit}")),
            _ => words.push(format!("bits {bit} to {}", bit + row - 1)),
        }
        bit += row.max(1);
    }
    words.join(", ")
}
