package verify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/signature"
)

// foreign says what an envelope is that is not in the form of sign: where a given key has signed what it contains, another
// program wrote it, and nothing that was signed has changed. It is refused all the same: a file that is kept as proof has one form.
func foreign(r Request, form error) error {
	e, names := signature.Foreign(r.Envelope, r.Keys)
	if len(names) == 0 {
		return fmt.Errorf("%w; none of the given keys has signed its content", form)
	}
	return fmt.Errorf("another program wrote this envelope: at byte %d it differs from the form of raci-check sign. The signature of %s in it is valid, "+
		"and its content is %s. raci-check accepts only its own form: sign the report with raci-check sign", differsAt(form), strings.Join(names, ", "), contentOf(e, r))
}

func differsAt(form error) int {
	var difference *signature.FormError
	if errors.As(form, &difference) {
		return difference.At
	}
	return 0
}

// contentOf compares the content of an envelope with the statement about the report.
func contentOf(e *signature.Envelope, r Request) string {
	a, err := assessment.Read(r.Name, bytes.NewReader(r.Report))
	if err != nil {
		return "not about this report"
	}
	statement, err := attest.Of(attest.NameIn(e), r.Report, a)
	if err != nil {
		return "not about this report"
	}
	payload, err := json.Marshal(statement)
	switch {
	case err != nil || e.PayloadType != attest.PayloadType:
		return "not a statement about this report"
	case bytes.Equal(payload, e.Payload):
		return "the statement about this report, unchanged"
	case json.Valid(e.Payload) && len(differences(e.Payload, payload)) == 0:
		return "the statement about this report, in other bytes"
	default:
		return "not the statement about this report"
	}
}
