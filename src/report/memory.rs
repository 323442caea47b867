//! Memory of the process and of the machine, where the system tells.

use std::fs;
use std::path::Path;

/// Largest resident size of this process so far, in bytes; `None` where the system does not tell.
pub fn peak_memory_bytes() -> Option<u64> {
    field_bytes(&fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// Resident size of this process now, in bytes; `None` where the system does not tell.
pub fn resident_memory_bytes() -> Option<u64> {
    field_bytes(&fs::read_to_string("/proc/self/status").ok()?, "VmRSS:")
}

/// Memory of the machine, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct MemoryInfo {
    /// Installed.
    pub total_bytes: u64,
    /// Free or freed on demand.
    pub available_bytes: u64,
}

impl MemoryInfo {
    /// Asks the system; `None` where it does not tell.
    pub fn of_this_machine() -> Option<Self> {
        let text = fs::read_to_string("/proc/meminfo").ok()?;
        let total_bytes = field_bytes(&text, "MemTotal:")?;
        let available_bytes = field_bytes(&text, "MemAvailable:")?;
        let of_group = group_available_bytes(Path::new("/sys/fs/cgroup")).unwrap_or(u64::MAX);
        Some(Self { total_bytes, available_bytes: available_bytes.min(of_group) })
    }
}

/// What the control group of a container leaves to its processes; `None` without a limit.
fn group_available_bytes(group: &Path) -> Option<u64> {
    let number = |file: &str| fs::read_to_string(group.join(file)).ok()?.trim().parse::<u64>().ok();
    let statistics = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    // Cached files are given up when a process needs the memory.
    let file = statistics.lines().find_map(|line| line.strip_prefix("file ")?.parse::<u64>().ok()).unwrap_or(0);
    Some(number("memory.max")?.saturating_sub(number("memory.current")?.saturating_sub(file)))
}

/// The value of a line `Name:   123 kB`, in bytes.
fn field_bytes(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = value.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_proc_file_system_are_read() {
        assert_eq!(field_bytes("VmPeak:\t  9 kB\nVmHWM:\t    1204 kB\n", "VmHWM:"), Some(1204 * 1024));
        assert_eq!(field_bytes("VmHWM:\t many kB\n", "VmHWM:"), None);
        assert_eq!(field_bytes("", "VmHWM:"), None);
    }

    #[test]
    fn a_container_leaves_what_its_limit_leaves() {
        let group = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| fs::write(group.path().join(file), text).unwrap();
        assert_eq!(group_available_bytes(group.path()), None);
        write("memory.max", "max\n");
        write("memory.current", "600\n");
        assert_eq!(group_available_bytes(group.path()), None);
        write("memory.max", "1000\n");
        assert_eq!(group_available_bytes(group.path()), Some(400));
        write("memory.stat", "anon 500\nfile 100\n");
        assert_eq!(group_available_bytes(group.path()), Some(500));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn this_process_uses_memory() {
        let machine = MemoryInfo::of_this_machine().unwrap();
        assert!((1 << 20..machine.total_bytes).contains(&peak_memory_bytes().unwrap()));
    }
}
