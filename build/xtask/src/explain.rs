//! `explain`: the page of a diagnostic's code.

use crate::output;
use anyhow::{Result, bail};

/// Prints the page, or all codes with their rules.
pub fn run(code: Option<&str>) -> Result<()> {
    let Some(id) = code else { return output::write(None, &list()) };
    match page(id) {
        Some(page) => output::write(None, page),
        None => bail!("there is no code `{id}`; `cargo xtask explain` lists them"),
    }
}

/// Of app files (`E`, `W`), or of interfaces (`I`).
fn page(id: &str) -> Option<&'static str> {
    let of_interfaces = || idl::Code::named(id).map(idl::Code::page);
    appfile::Code::named(id).map(appfile::Code::page).or_else(of_interfaces)
}

fn list() -> String {
    let of_apps = appfile::Code::ALL.iter().map(|code| (code.id(), code.rule()));
    let of_interfaces = idl::Code::ALL.iter().map(|code| (code.id(), code.rule()));
    of_apps.chain(of_interfaces).map(|(id, rule)| format!("{id}  {rule}\n")).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_listed_has_a_page_of_its_own() {
        let listed = super::list();
        assert!(listed.contains("\nI0001  ") && listed.starts_with("E0001  "), "{listed}");
        for line in listed.lines() {
            let page = super::page(&line[..5]).unwrap();
            assert!(page.starts_with(&format!("# {}", line.replacen("  ", ": ", 1))), "{line}");
        }
        assert_eq!(super::page("X0001"), None);
    }
}
