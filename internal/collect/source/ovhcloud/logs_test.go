package ovhcloud

import (
	"strings"
	"testing"
)

// A subscription that leads elsewhere than to a stream is told without one, and takes nothing from the streams that there are.
func TestSubscriptionsThatLeadElsewhere(t *testing.T) {
	f := newFake(t)
	route := okmsRoute + "/log/subscription"
	f.pages[route] = append(f.pages[route],
		map[string]any{"subscriptionId": "e1", "kind": "audit", "createdAt": "2025-02-11T10:12:00+01:00", "sink": map[string]any{"url": "https://siem.example"}},
		map[string]any{"subscriptionId": "e2", "kind": "kmip", "createdAt": "2025-02-11T10:12:00+01:00"},
		map[string]any{"subscriptionId": "e3", "kind": "kmip", "streamId": "st9", "createdAt": "2025-02-11T10:12:00+01:00"})
	result := whole(t, f.opened(t, byToken))
	notes := strings.Join(result.Notes, "\n")
	for _, id := range []string{"e1", "e2", "e3"} {
		if !strings.Contains(notes, "the subscription "+id+" names no stream of a Logs Data Platform service") {
			t.Errorf("nothing is said of %s:\n%s", id, notes)
		}
	}
	if got := told(t, result, "service_logs"); strings.Count(got, `"kind":"kmip_audit"`) != 3 || strings.Count(got, `"stream_id"`) != 3 || !strings.Contains(got, `{"kind":"rest_audit","created_at":"2025-02-11T09:12:00Z"}`) {
		t.Error(got)
	}
	if got := told(t, result, "log_streams"); strings.Count(got, `"id"`) != 2 {
		t.Error(got)
	}
}
