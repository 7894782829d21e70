package collect

import (
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/document"
)

func TestErrorsHaveAClass(t *testing.T) {
	for _, test := range []struct {
		err         error
		unit, class string
	}{
		{&httpget.StatusError{Status: 403, Path: "/v1/keys"}, "/v1/keys", httpget.ClassRefused},
		{&httpget.StatusError{Status: 401, Path: "/v1/keys"}, "/v1/keys", httpget.ClassRefused},
		{fmt.Errorf("keys: %w", &httpget.StatusError{Status: 404, Path: "/v1/keys"}), "/v1/keys", httpget.ClassAbsent},
		{&httpget.StatusError{Status: 429}, "", httpget.ClassBusy},
		{&httpget.StatusError{Status: 503}, "", httpget.ClassBroken},
		{&httpget.StatusError{Status: 302, Location: "https://example.com"}, "", httpget.ClassBroken},
		{&url.Error{Op: "Get", URL: "https://example.com/v1/keys?page=2", Err: errors.New("timeout")}, "/v1/keys", httpget.ClassUnreachable},
		{&document.Error{File: "exports/cmdb.yaml", Line: 14, Message: "the value is not a number"}, "cmdb.yaml", ClassUnusable},
		{fmt.Errorf("kmip: %w", &UnreadError{Unit: "Locate", Class: httpget.ClassBroken, Err: &httpget.StatusError{Status: 403}}), "Locate", httpget.ClassBroken},
		{errors.New("a page twice"), "", ClassUnusable},
	} {
		if unit, class := classified(test.err); unit != test.unit || class != test.class {
			t.Errorf("%v: %q, %q", test.err, unit, class)
		}
	}
}
