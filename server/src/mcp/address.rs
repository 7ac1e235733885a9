//! Which addresses belong to this machine and its neighbourhood.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether `address` is anything but a public unicast address: private, loopback, link-local, shared, reserved, or one
/// of the IPv6 forms that stand for such an IPv4 address.
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_private_v4(address),
        IpAddr::V6(address) => is_private_v6(address),
    }
}

fn is_private_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_documentation()
        // This network; shared address space of providers; protocol assignments; benchmarks; reserved.
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240
}

fn is_private_v6(address: Ipv6Addr) -> bool {
    if let Some(embedded) = embedded_v4(address) {
        return is_private_v4(embedded);
    }
    // Global unicast is 2000::/3; all else is loopback, unspecified, unique local, link-local, multicast or reserved.
    let [first, second, ..] = address.segments();
    let is_global_unicast = first & 0xe000 == 0x2000;
    // Documentation, and Teredo, whose inner address can be anything.
    !is_global_unicast || (first == 0x2001 && (second == 0x0db8 || second == 0)) || (first == 0x3fff && second < 0x1000)
}

/// The IPv4 address a form of IPv6 stands for: mapped, compatible, translated, NAT64 (also for local use), 6to4.
fn embedded_v4(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        // NAT64 for local use leads into a network of somebody's own, whatever it embeds.
        [0x64, 0xff9b, 1, ..] => Some(Ipv4Addr::LOCALHOST),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_are_told_apart() {
        for (address, private) in [
            ("0.0.0.0", true),
            ("0.1.2.3", true),
            ("10.0.0.1", true),
            ("100.63.255.255", false),
            ("100.64.0.1", true),
            ("100.127.255.255", true),
            ("127.0.0.1", true),
            ("127.255.0.1", true),
            ("169.254.169.254", true),
            ("172.15.0.1", false),
            ("172.16.0.1", true),
            ("172.31.255.255", true),
            ("192.0.0.8", true),
            ("192.168.1.1", true),
            ("198.18.0.1", true),
            ("224.0.0.1", true),
            ("240.0.0.1", true),
            ("255.255.255.255", true),
            ("1.1.1.1", false),
            ("93.184.216.34", false),
            ("::", true),
            ("::1", true),
            ("::7f00:1", true),
            ("::ffff:127.0.0.1", true),
            ("::ffff:1.1.1.1", false),
            ("::ffff:0:10.0.0.1", true),
            ("64:ff9b::10.0.0.1", true),
            ("64:ff9b::1.1.1.1", false),
            ("64:ff9b:1::1.1.1.1", true),
            ("2002:7f00:1::", true),
            ("2002:101:101::", false),
            ("2001:0:1::1", true),
            ("2001:db8::1", true),
            ("2606:4700:4700::1111", false),
            ("fc00::1", true),
            ("fd12:3456::1", true),
            ("fe80::1", true),
            ("fec0::1", true),
            ("ff02::1", true),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }

    proptest! {
        #[test]
        fn a_mapped_address_is_what_it_stands_for(bits in any::<u32>()) {
            let address = Ipv4Addr::from(bits);
            let nat64 = Ipv6Addr::from((0x0064_ff9b_u128 << 96) | u128::from(bits));
            prop_assert_eq!(is_private(address.to_ipv6_mapped().into()), is_private(address.into()));
            prop_assert_eq!(is_private(nat64.into()), is_private(address.into()));
        }
    }
}
