package cli

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"raci-check/internal/attest"
	"raci-check/internal/safefile"
	"raci-check/internal/sanitize"
	"raci-check/internal/signature"
	"raci-check/internal/verify"
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
			content, err := safefile.Read(name, verify.MaxReport)
			if err != nil {
				return fmt.Errorf("read what is to be signed: %w", err)
			}
			if folder != "" {
				if err := verify.Unchanged(name, content, folder); err != nil {
					return err
				}
			}
			envelope = cmp.Or(envelope, name+attest.Suffix)
			err = attest.AddTo(envelope, func(existing []byte) ([]byte, error) { return sign(name, content, private, existing) })
			if err != nil {
				return err
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
