package kmip

import (
	"fmt"
	"slices"

	"github.com/ovh/kmip-go"

	"github.com/raci-check/raci-check/internal/collect/httpget"
)

type questionError struct {
	question string // the operation; empty where there was no connection yet
	doing    string // what was asked for
	err      error
}

func (e *questionError) Error() string { return e.doing + ": " + e.err.Error() }
func (e *questionError) Unwrap() error { return e.err }

// refusal is how a server says that it did not do what it was asked for.
type refusal struct {
	operation kmip.Operation
	reason    kmip.ResultReason
	message   string
	object    string // that was asked about; empty where it was none
}

func (r *refusal) Error() string {
	text := "the server answers " + word(kmip.TagResultReason, r.reason)
	if r.object != "" {
		text += " for the object " + r.object
	}
	if r.message != "" {
		text += fmt.Sprintf(" (%.300s)", r.message)
	}
	return text
}

// class is the class of the error, as evidence has it.
func (r *refusal) class() string {
	switch r.reason {
	case kmip.ResultReasonPermissionDenied, kmip.ResultReasonAuthenticationNotSuccessful:
		return httpget.ClassRefused
	case kmip.ResultReasonItemNotFound:
		return httpget.ClassAbsent
	}
	return httpget.ClassBroken
}

// isOfBatch reports whether a server may answer fewer questions in one message: the answer would be too large, or it refuses the message
// and not what is asked of an object.
func (r *refusal) isOfBatch() bool {
	return r.reason == kmip.ResultReasonResponseTooLarge || r.object == "" && slices.Contains(unknown, r.reason)
}

// actions are the IAM actions that questions need (OVHcloud's guide to KMIP, "IAM Rights").
var actions = map[kmip.Operation]string{
	kmip.OperationLocate:        "okms:kmip:locate",
	kmip.OperationGetAttributes: "okms:kmip:getAttributes",
}

// advised says what a person can do about a refusal.
func (s *source) advised(err error, refused *refusal) error {
	switch refused.reason {
	case kmip.ResultReasonPermissionDenied:
		if action := actions[refused.operation]; action != "" {
			return fmt.Errorf("%w: allow the certificate's identity the IAM action %s on the domain and everything in it", err, action)
		}
	case kmip.ResultReasonAuthenticationNotSuccessful:
		return fmt.Errorf("%w: %s", err, s.identity.ToCheck())
	case kmip.ResultReasonItemNotFound:
		if refused.object != "" {
			return fmt.Errorf("%w: it was listed before, so it was deleted while the objects were read: run again", err)
		}
	}
	return err
}
