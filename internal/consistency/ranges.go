package consistency

import (
	"net/netip"
	"strings"
)

// ranged finds an address or a range from which nobody can come over a network, and a range that is not written as its first
// address. What is no address at all is for the form of the field.
func (r *run) ranged(value string, at *place) {
	prefix, err := netip.ParsePrefix(value)
	if !strings.Contains(value, "/") {
		var address netip.Addr
		if address, err = netip.ParseAddr(value); err == nil {
			prefix = netip.PrefixFrom(address, address.BitLen())
		}
	}
	if err != nil {
		r.report(at, "no_range", nil, map[string]any{"text": value})
		return
	}
	if first := prefix.Masked(); first != prefix {
		r.report(at, "other_range", nil, map[string]any{"text": value, "range": first.String()})
		return
	}
	if kind := unreachable(prefix); kind != "" {
		r.report(at, "no_client", nil, map[string]any{"text": value, "kind": kind})
	}
}

// unreachable is what a range is for, where none of its addresses can be that of a client on a network; empty for others.
func unreachable(prefix netip.Prefix) string {
	address := prefix.Addr().Unmap()
	switch {
	case prefix.Bits() == 0: // everybody
		return ""
	case address.IsLoopback():
		return "loopback"
	case address.IsMulticast():
		return "multicast"
	case address.IsLinkLocalUnicast():
		return "link-local"
	case address.Is4() && address.As4()[0] == 0, address.IsUnspecified():
		return "unspecified"
	case address.Is4() && address.As4()[0] >= 240:
		return "reserved"
	}
	return ""
}
