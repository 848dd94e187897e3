//! The environment of this process. What is secret in it may lie in a file that a variable with `_FILE` at its end names, as
//! Docker and others hand secrets over.
use crate::config::Fault;

/// The settings that may lie in a file.
pub(crate) const SECRETS: [&str; 5] =
    ["DATABASE_MIGRATION_URL", "DATABASE_REPLICA_URL", "DATABASE_URL", "JICAI_SECRET", "REDIS_URL"];

/// The variables with the contents of the files that they name. All faults at once.
pub(crate) fn variables(
    given: impl Iterator<Item = (String, String)>,
) -> Result<Vec<(String, String)>, Vec<Fault>> {
    let given: Vec<(String, String)> = given.filter(|(_, value)| !value.is_empty()).collect();
    let is_given = |name: &str| given.iter().any(|(variable, _)| variable == name);
    let (mut variables, mut faults) = (Vec::new(), Vec::new());
    for (variable, value) in &given {
        let Some(name) = variable.strip_suffix("_FILE").filter(|name| SECRETS.contains(name)) else {
            variables.push((variable.clone(), value.clone()));
            continue;
        };
        let mut fault = |problem| faults.push(Fault { variable: variable.clone(), problem });
        match std::fs::read_to_string(value) {
            _ if is_given(name) => fault(format!("is set, and so is {name}: one of them is enough")),
            Ok(text) => variables.push((name.to_owned(), text.trim().to_owned())),
            Err(error) => fault(format!("{value} cannot be read: {error}")),
        }
    }
    if faults.is_empty() { Ok(variables) } else { Err(faults) }
}
