package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"raci-check/internal/assessment"
	"raci-check/internal/attest"
	"raci-check/internal/sanitize"
	"raci-check/internal/signature"
)

const keyUsage = "private key in `file`, PKCS#8 PEM, readable only by its owner; see raci-check keygen"

func newSign(streams Streams) *cobra.Command {
	var key, envelope, folder, evidenceFile string
	cmd := &cobra.Command{
		Use:   "sign [flags] --key KEY REPORT.json | --evidence-file FILE",
		Short: "Sign a stored report, or evidence that you prepared",
		Long: `Sign a report that assess wrote with -o json. The result is REPORT.json.dsse.json, a DSSE envelope with an in-toto statement
about the report and the SHA-256 of every file that it rests on. If the envelope exists, the signature is added to it, so that
the preparer and the approver sign the same statement. A report that was changed since it was written is refused. With
--evidence, a report with changed evidence is refused too.

With --evidence-file, sign a file of evidence instead, as its author. The signature is written beside it, FILE.dsse.json, and
assess --evidence-keys shows the signers.

Exit codes: 0 signed; 2 not signed, with the reason.`,
		Example: `  raci-check sign --key preparer.key report.json
  raci-check sign --key approver.key --evidence . report.json
  raci-check sign --key preparer.key --evidence-file evidence/compliant/backups.yaml`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case key == "":
				return errors.New("name the file of your private key: --key KEY; raci-check keygen creates one")
			case evidenceFile == "" && len(args) != 1:
				return errors.New("name one report: a file that assess -o json=FILE wrote; or a file of evidence with --evidence-file")
			case evidenceFile != "" && (len(args) > 0 || folder != ""):
				return errors.New("--evidence-file signs that file alone: leave out the report and --evidence")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			private, err := signature.ReadPrivate(key)
			if err != nil {
				return err
			}
			name, sign := evidenceFile, attest.SignEvidence
			if name == "" {
				name, sign = args[0], attest.SignReport
			}
			content, err := os.ReadFile(name)
			if err != nil {
				return fmt.Errorf("read what is to be signed: %w", err)
			}
			if folder != "" {
				if err := unchanged(name, content, folder); err != nil {
					return err
				}
			}
			envelope = cmp.Or(envelope, name+attest.Suffix)
			existing, err := signature.ReadFile(envelope)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			signed, err := sign(name, content, private, existing)
			switch {
			case errors.Is(err, attest.ErrDiffers):
				return fmt.Errorf("%s: %w: remove it to sign again, or write to another file with -o", envelope, err)
			case err != nil && existing != nil:
				return fmt.Errorf("%s: %w", envelope, err)
			case err != nil:
				return err
			}
			if err := writeFile(envelope, signed); err != nil {
				return fmt.Errorf("write attestation: %w", err)
			}
			_, err = fmt.Fprintln(streams.Out, sanitize.Text(fmt.Sprintf("%s: signed with key %s", envelope, private.Public().ID)))
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&key, "key", "", keyUsage)
	flags.StringVarP(&envelope, "output", "o", "", "`file` of the envelope (default the signed file's name with "+attest.Suffix+")")
	flags.StringVar(&folder, "evidence", "", "`folder` in which assess ran; refuse to sign if a file has changed")
	flags.StringVar(&evidenceFile, "evidence-file", "", "sign this `file` of evidence instead of a report")
	return cmd
}

// unchanged refuses a report whose files are not as they were.
func unchanged(name string, report []byte, folder string) error {
	a, err := assessment.Read(name, bytes.NewReader(report))
	if err != nil {
		return err
	}
	return attest.Unchanged(a, folder)
}

// attester signs the JSON report of an assessment.
type attester struct {
	key  signature.PrivateKey
	file string // of the report
}

// newAttester reads the key, before there is a report to sign; nil where none is asked for.
func newAttester(key string, outs outputs) (*attester, error) {
	if key == "" {
		return nil, nil
	}
	for _, o := range outs.list {
		if o.format == "json" && o.file != "" {
			private, err := signature.ReadPrivate(key)
			return &attester{private, o.file}, err
		}
	}
	return nil, errors.New("--attest signs the JSON report: name its file with -o json=FILE; the signature goes to FILE" + attest.Suffix)
}

// sign answers what writes the envelope once the report is written. An envelope of an earlier report is replaced, as the report
// is.
func (s *attester) sign(fleet *assessment.Fleet) (write func() error, err error) {
	if s == nil {
		return func() error { return nil }, nil
	}
	var report bytes.Buffer
	if err := fleet.WriteJSON(&report); err != nil {
		return nil, err
	}
	envelope, err := attest.SignReport(s.file, report.Bytes(), s.key, nil)
	if err != nil {
		return nil, fmt.Errorf("sign the report: %w", err)
	}
	// Where the report cannot be written, no envelope of another one stays beside it.
	if err := os.Remove(s.file + attest.Suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("replace attestation: %w", err)
	}
	return func() error {
		if err := writeFile(s.file+attest.Suffix, envelope); err != nil {
			return fmt.Errorf("write attestation: %w", err)
		}
		return nil
	}, nil
}
