package okms

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/bearer"
	"github.com/raci-check/raci-check/internal/collect/httpget"
)

// refusal is how the API explains an error (ErrorResponse).
type refusal struct {
	Code    uint32   `json:"error_code"`
	Errors  []string `json:"errors"`
	Request string   `json:"request_id"`
}

// category is the part of an error code that says what is wrong, as errors.go of github.com/ovh/okms-sdk-go has it.
func (r refusal) category() uint32 { return r.Code >> 12 & 0xf }

const (
	authentication = 3
	authorization  = 4
)

// unreachable is an error of a connection that could not be made: nothing can be asked.
type unreachable struct{ error }

func (u unreachable) Unwrap() error { return u.error }

// unknown is an error of a credential that the domain does not know.
type unknown struct{ error }

func (u unknown) Unwrap() error { return u.error }

// explained says what a person can do about an error.
func (r *reader) explained(err error, action string) error {
	var failed *httpget.StatusError
	var operation *net.OpError
	switch handshake := r.shown.identity.Explained(err); {
	case handshake != nil:
		return unreachable{handshake}
	case errors.As(err, &operation) && operation.Op == "dial":
		return unreachable{err}
	case errors.As(err, new(*bearer.RefusedError)): // no token, so nothing can be asked
		return unreachable{err}
	case !errors.As(err, &failed):
		return err
	}
	var answer refusal
	details := ""
	if json.Unmarshal(failed.Body, &answer) == nil && len(answer.Errors) > 0 {
		details = fmt.Sprintf(" (%.300s; request %s)", strings.Join(answer.Errors, "; "), answer.Request)
	}
	switch failed.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		right := fmt.Sprintf("allow %s the IAM action %s on the domain and everything in it", r.shown.holder(), action)
		valid := r.shown.toCheck()
		switch {
		case answer.category() == authorization || failed.Status == http.StatusForbidden:
			return fmt.Errorf("%w%s: %s", err, details, right)
		case answer.category() == authentication:
			return unknown{fmt.Errorf("%w%s: %s", err, details, valid)}
		default:
			return fmt.Errorf("%w%s: %s; %s", err, details, right, valid)
		}
	case http.StatusNotFound:
		return fmt.Errorf("%w%s: is the service's id that of a domain at this endpoint?", err, details)
	default:
		return fmt.Errorf("%w%s", err, details)
	}
}
