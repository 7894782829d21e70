package pseudonym

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// network is the pseudonym of an IP address or of a range of them; false for any other text. Ranges keep their size, and what lies in
// one range of 256 addresses still does. What identifies nobody stays: all addresses, those of this machine, and ranges of more than
// 16 million.
func (s *Set) network(text string) (string, bool) {
	if !strings.ContainsAny(text, ".:") {
		return "", false
	}
	address, length, isRange := strings.Cut(text, "/")
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Zone() != "" {
		return "", false
	}
	bits := ip.BitLen()
	if isRange {
		if bits, err = strconv.Atoi(length); err != nil || bits < 0 || bits > ip.BitLen() {
			return "", false
		}
	}
	behind := ""
	if isRange {
		behind = "/" + length
	}
	switch {
	case !isRange && isActivity(ip), ip.IsUnspecified(), ip.IsLoopback(), ip.Is4() && bits <= 8:
		return text, true
	case ip.Is4():
		return s.ipv4(ip, bits) + behind, true
	default:
		return s.ipv6(ip, bits) + behind, true
	}
}

// isActivity reports whether an address is more likely the number of an activity, such as 3.1.1.3.
func isActivity(ip netip.Addr) bool {
	if !ip.Is4() {
		return false
	}
	for _, b := range ip.AsSlice() {
		if b >= 10 {
			return false
		}
	}
	return true
}

// ipv4 keeps the last byte of an address. The others become those of the ranges for documentation (RFC 5737), of those for tests of
// networks (RFC 2544) once these are used up, and at last of the shared ones (RFC 6598); private addresses stay private.
func (s *Set) ipv4(ip netip.Addr, bits int) string {
	b := ip.As4()
	if bits < 24 {
		start := netip.AddrFrom4([4]byte{198, 18, 0, 0})
		if ip.IsPrivate() {
			start = netip.AddrFrom4([4]byte{10, 0, 0, 0})
		}
		prefix, err := ip.Prefix(bits)
		if err != nil {
			return ip.String()
		}
		n := s.index(classWide, prefix.String()) % (1 << max(0, bits-15))
		base := start.As4()
		at := (uint32(base[0])<<24 | uint32(base[1])<<16) + uint32(n)<<(32-bits) //nolint:gosec // n has at most bits-15 bits
		moved, err := netip.AddrFrom4([4]byte{byte(at >> 24), byte(at >> 16), byte(at >> 8), byte(at)}).Prefix(bits)
		if err != nil {
			return ip.String()
		}
		return moved.Addr().String()
	}
	near := fmt.Sprintf("%d.%d.%d", b[0], b[1], b[2])
	if ip.IsPrivate() {
		n := s.index(classPrivate, near)
		return fmt.Sprintf("10.%d.%d.%d", n/256%256, n%256, b[3])
	}
	n := s.index(classPublic, near)
	documentation := []string{"192.0.2", "198.51.100", "203.0.113"}
	switch m := n - len(documentation); {
	case m < 0:
		return fmt.Sprintf("%s.%d", documentation[n], b[3])
	case m < 512:
		return fmt.Sprintf("198.%d.%d.%d", 18+m/256, m%256, b[3])
	default:
		return fmt.Sprintf("100.%d.%d.%d", 64+m/256%64, m%256, b[3])
	}
}

// ipv6 becomes an address for documentation (RFC 3849).
func (s *Set) ipv6(ip netip.Addr, bits int) string {
	near, err := ip.Prefix(min(bits, 64))
	if err != nil {
		return ip.String()
	}
	n := s.index(classIPv6, near.Masked().String())
	out := netip.MustParseAddr("2001:db8::").As16()
	out[6], out[7] = byte(n>>8), byte(n)
	if bits == ip.BitLen() {
		n = s.index(classIPv6+" host", ip.String())
		out[14], out[15] = byte((n+1)>>8), byte(n+1)
	}
	moved, err := netip.AddrFrom16(out).Prefix(bits)
	if err != nil {
		return ip.String()
	}
	return moved.Addr().String()
}

// index counts the values of a class from 0.
func (s *Set) index(kind class, value string) int {
	k := key{kind, value}
	if text, isNamed := s.pseudonyms[k]; isNamed {
		n, _ := strconv.Atoi(text)
		return n
	}
	if s.pending != nil {
		s.pending[k] = true
		return 0
	}
	n := s.counts[kind]
	s.counts[kind]++
	s.pseudonyms[k] = strconv.Itoa(n)
	return n
}
