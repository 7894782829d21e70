package opaclient

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// A server that says how long it is busy is believed, within reason.
func TestPauseThatTheServerAsksFor(t *testing.T) {
	for header, want := range map[string]time.Duration{"3": 3 * time.Second, "86400": maxPause, "": 0, "0": 0, "-1": 0, "soon": 0} {
		err := refused(&http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {header}}}, nil)
		var retry *backoff.RetryAfterError
		if errors.As(err, &retry) != (want > 0) || want > 0 && retry.Duration != want {
			t.Errorf("%q: %v", header, err)
		}
	}
}
