//! Postgres refuses to run as root; so it runs as a user who owns nothing else.
use std::os::unix::process::CommandExt;
use std::process::Command;

use super::ClusterError;

/// Whom the server runs as when we are root, the first that exists.
const NAMES: [&str; 2] = ["jicai", "postgres"];

/// An unprivileged user of this machine.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// The user to run Postgres as; none when we are not root and run it as ourselves.
pub(super) fn unprivileged() -> Result<Option<Account>, ClusterError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")
        .map_err(|source| ClusterError::io("read", "/etc/passwd", source))?;
    NAMES.iter().find_map(|name| account(&users, name)).map(Some).ok_or(ClusterError::NoAccount)
}

/// Lets the command run as the user, in a process group of its own. Dropping root also drops root's groups.
pub(super) fn run_as(command: &mut Command, account: Option<&Account>) {
    command.process_group(0);
    if let Some(account) = account {
        command.uid(account.uid).gid(account.gid);
    }
}

fn account(users: &str, name: &str) -> Option<Account> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let named = fields.next()? == name;
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (named && uid != 0).then(|| Account { name: name.to_owned(), uid, gid })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_its_whole_name_and_never_root() {
        let users = "root:x:0:0::/root:/bin/sh\npostgresql:x:7:7::/:\npostgres:x:101:104:,,,:/var/lib:/bin/bash\nbad\n";
        let found = account(users, "postgres").unwrap();
        assert_eq!((found.uid, found.gid), (101, 104));
        assert_eq!(account(users, "root"), None);
        assert_eq!(account(users, "jicai"), None);
    }
}
