//! Memory of the process and of the machine, where the system tells.

use std::fs;

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
        Some(Self { total_bytes, available_bytes: field_bytes(&text, "MemAvailable:")? })
    }
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
    #[cfg(target_os = "linux")]
    fn this_process_uses_memory() {
        let machine = MemoryInfo::of_this_machine().unwrap();
        assert!((1 << 20..machine.total_bytes).contains(&peak_memory_bytes().unwrap()));
    }
}
