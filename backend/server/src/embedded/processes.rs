//! Which processes use a data folder. Every process of Postgres works in its data folder, so its working folder tells.
use std::path::Path;

/// Whether the process works in the folder.
pub(super) fn works_in(pid: u32, folder: &Path) -> bool {
    std::fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|working| working == folder)
}

/// Every process that works in the folder; empty where the system does not tell.
pub(super) fn working_in(folder: &Path) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| works_in(*pid, folder)).collect()
}
