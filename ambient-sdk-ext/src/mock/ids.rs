//! Ids in the format of the API server. They are KSUIDs: a time and random bytes in 27 base62
//! characters.

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The epoch of a KSUID, 2014-05-13, as Unix time in seconds.
const EPOCH: i64 = 1_400_000_000;
const LENGTH: usize = 27;

/// Creates an id with the time `unix_seconds`. Ids with later seconds sort after it.
pub(super) fn ksuid(unix_seconds: i64) -> String {
    let mut bytes = [0; 20];
    fastrand::fill(&mut bytes[4..]);
    let seconds = u32::try_from(unix_seconds - EPOCH).unwrap_or_default();
    bytes[..4].copy_from_slice(&seconds.to_be_bytes());
    base62(bytes)
}

fn base62(mut number: [u8; 20]) -> String {
    let mut digits = [b'0'; LENGTH];
    for digit in digits.iter_mut().rev() {
        let mut rest = 0_usize;
        for byte in &mut number {
            let value = rest * 256 + usize::from(*byte);
            *byte = u8::try_from(value / 62).unwrap_or_default();
            rest = value % 62;
        }
        *digit = ALPHABET[rest];
    }
    digits.iter().map(|&digit| char::from(digit)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_the_form_of_a_ksuid() {
        let id = ksuid(1_800_000_000);
        assert_eq!(id.len(), LENGTH);
        assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_ne!(id, ksuid(1_800_000_000));
    }

    #[test]
    fn sorts_by_time() {
        assert!(ksuid(1_800_000_000) < ksuid(1_800_000_001));
    }

    #[test]
    fn spans_the_whole_range_without_overflow() {
        assert_eq!(base62([0; 20]), "0".repeat(LENGTH));
        assert_eq!(base62([0xff; 20]), "aWgEPTl1tmebfsQzFP4bxwgy80V");
    }
}
