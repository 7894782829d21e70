package httpget

import (
	"errors"
	"net/http"
	"net/url"
)

// The classes of errors, as evidence names them in not_read.
const (
	ClassRefused     = "refused"     // 401, 403
	ClassAbsent      = "absent"      // 404, 410
	ClassBusy        = "busy"        // 429
	ClassBroken      = "broken"      // any other status
	ClassUnreachable = "unreachable" // no connection, or no answer in time
)

// Class is the path of the address that an error of a Client is about, and its class; hasClass is false for any other error. What
// the server said is in neither.
func Class(err error) (path, class string, hasClass bool) {
	var status *StatusError
	var failed *url.Error
	switch {
	case errors.As(err, &status):
		return status.Path, classOf(status.Status), true
	case errors.As(err, &failed):
		if address, err := url.Parse(failed.URL); err == nil {
			path = address.Path
		}
		return path, ClassUnreachable, true
	}
	return "", "", false
}

func classOf(status int) string {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return ClassRefused
	case http.StatusNotFound, http.StatusGone:
		return ClassAbsent
	case http.StatusTooManyRequests:
		return ClassBusy
	}
	return ClassBroken
}
