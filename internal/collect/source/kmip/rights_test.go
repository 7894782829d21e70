package kmip

import (
	"strings"
	"testing"

	"github.com/ovh/kmip-go"

	"github.com/raci-check/raci-check/internal/collect"
)

// What is granted and what is refused is told of each question, by one object and no more.
func TestRights(t *testing.T) {
	denied := func(operation kmip.Operation) func(*kmip.RequestMessage, int) *kmip.ResponseMessage {
		return func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
			if message.BatchItem[0].Operation != operation {
				return nil
			}
			return refuses(message, kmip.ResultReasonPermissionDenied, "no")
		}
	}
	for name, test := range map[string]struct {
		objects int
		fault   func(*kmip.RequestMessage, int) *kmip.ResponseMessage
		states  string // of Discover Versions, Locate and Get Attributes
		reason  string
	}{
		"granted":          {5, nil, "works works works", ""},
		"nothing is there": {0, nil, "works works not asked", "no object is listed"},
		"no right to list": {5, denied(kmip.OperationLocate), "works refused not asked", "no object could be listed"},
		"no right to read": {5, denied(kmip.OperationGetAttributes), "works works refused", "okms:kmip:getAttributes"},
		"not at all":       {5, denied(kmip.OperationDiscoverVersions), "refused failed failed", "PermissionDenied"},
		"no archive": {5, func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
			if payload := locates(message); payload == nil || payload.StorageStatusMask == 0 {
				return nil
			}
			return refuses(message, kmip.ResultReasonInvalidField, "no mask")
		}, "works works works", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t, keys(test.objects)...)
			f.fault = test.fault
			named := []collect.Named{{Name: "kmip", Source: opened(t, f.start(), f.pki)}}
			var states []string
			reasons := ""
			for _, right := range collect.CheckRights(t.Context(), named, collect.Request{ServiceID: domain, At: at}, nil)[0].Rights {
				states = append(states, string(right.State))
				reasons += right.Reason
			}
			if got := strings.Join(states, " "); got != test.states || !strings.Contains(reasons, test.reason) {
				t.Errorf("%s: %s", got, reasons)
			}
			if len(f.batches) > 1 || len(f.batches) == 1 && f.batches[0] != 1 {
				t.Errorf("asked about are %v objects", f.batches)
			}
		})
	}
}
