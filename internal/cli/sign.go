package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/selfcheck"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/timestamp"
	"github.com/raci-check/raci-check/internal/verify"
)

const keyUsage = "private key in `file`, PKCS#8 PEM, readable only by its owner; see raci-check keygen"

// signing is the command sign with its flags.
type signing struct {
	streams                             Streams
	key, envelope, folder, evidenceFile string
	checksums                           string
	stamp                               stampFlags
	token, query                        string // files
}

func newSign(streams Streams) *cobra.Command {
	c := &signing{streams: streams}
	cmd := &cobra.Command{
		Use:   "sign [flags] --key KEY REPORT.json | --evidence-file FILE | --checksums FILE",
		Short: "Sign a stored report, evidence that you prepared, or the checksums of a release",
		Long: `Sign a report that assess wrote with -o json. The result is REPORT.json.dsse.json, a DSSE envelope with an in-toto statement
about the report and the SHA-256 of every file that it rests on. If the envelope exists, the signature is added to it, so that
the preparer and the approver sign the same statement. A report that was changed since it was written is refused. With
--evidence, a report with changed evidence is refused too. Beside the envelope, REPORT.json.1.sigstore.json and so on are
Sigstore bundles for cosign and other programs, one for each signature.

With --evidence-file, sign a file of evidence instead, as its author. The signature is written beside it, FILE.dsse.json, and
assess --evidence-keys shows the signers.

With --checksums, sign a list as sha256sum writes it, as the publisher of the programs in it. raci-check self-check verifies it.

With --tsa, a time-stamping authority (RFC 3161) adds a time stamp to the signature. It learns only a digest. Without --key,
--tsa adds time stamps to all signatures that have none. Where this machine reaches no authority, --timestamp-request writes
what to send to one, for the newest signature without a time stamp, and --timestamp adds the answer. verify --tsa-ca
verifies the time.

Exit codes: 0 signed; 2 not signed, with the reason.`,
		Example: `  raci-check sign --key preparer.key report.json
  raci-check sign --key approver.key --evidence . report.json
  raci-check sign --key preparer.key --evidence-file evidence/compliant/backups.yaml
  raci-check sign --key publisher.key --checksums SHA256SUMS
  raci-check sign --key preparer.key --tsa https://tsa.example.com/tsr report.json
  raci-check sign --timestamp-request report.tsq report.json
  raci-check sign --timestamp report.tsr report.json`,
		Args: func(_ *cobra.Command, args []string) error { return c.check(args) },
		RunE: func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
	flags := cmd.Flags()
	flags.StringVar(&c.key, "key", "", keyUsage)
	flags.StringVarP(&c.envelope, "output", "o", "", "`file` of the envelope (default the signed file's name with "+attest.Suffix+")")
	flags.StringVar(&c.folder, "evidence", "", "`folder` in which assess ran; refuse to sign if a file has changed")
	flags.StringVar(&c.evidenceFile, "evidence-file", "", "sign this `file` of evidence instead of a report")
	flags.StringVar(&c.checksums, "checksums", "", "sign this `file` of checksums, as sha256sum writes it, instead of a report")
	c.stamp.register(flags, "`URL` of a time-stamping authority (RFC 3161) that is asked for a time stamp of the signature; it learns only a digest")
	flags.StringVar(&c.token, "timestamp", "", "add the time stamp in `file`, an RFC 3161 reply or token in DER, to the signature that it is about")
	flags.StringVar(&c.query, "timestamp-request", "", "write what to send to a time-stamping authority to `file`, an RFC 3161 request in DER")
	cmd.MarkFlagsMutuallyExclusive("evidence-file", "checksums")
	cmd.MarkFlagsMutuallyExclusive("tsa", "timestamp", "timestamp-request")
	cmd.MarkFlagsMutuallyExclusive("key", "timestamp")
	cmd.MarkFlagsMutuallyExclusive("key", "timestamp-request")
	return cmd
}

func (c *signing) check(args []string) error {
	switch {
	case c.key == "" && c.stamp.url == "" && c.token == "" && c.query == "":
		return errors.New("name the file of your private key: --key KEY; raci-check keygen creates one")
	case c.evidenceFile == "" && c.checksums == "" && len(args) != 1:
		return errors.New("name one report: a file that assess -o json=FILE wrote; or a file of evidence with --evidence-file")
	case c.evidenceFile != "" && (len(args) > 0 || c.folder != ""):
		return errors.New("--evidence-file signs that file alone: leave out the report and --evidence")
	case c.checksums != "" && (len(args) > 0 || c.folder != ""):
		return errors.New("--checksums signs that list alone: leave out the report and --evidence")
	case c.stamp.policy != "" && c.stamp.url == "" && c.query == "":
		return errors.New("--tsa-policy is asked of an authority: name it with --tsa, or write a request with --timestamp-request")
	}
	return nil
}

func (c *signing) run(ctx context.Context, args []string) error {
	name, sign := c.signed(args)
	stamp, err := c.stamp.stamp(ctx)
	if err != nil {
		return err
	}
	var private signature.PrivateKey
	if c.key != "" {
		if private, err = signature.ReadPrivate(c.key); err != nil {
			return err
		}
	}
	content, err := c.content(name)
	if err != nil {
		return err
	}
	c.envelope = cmp.Or(c.envelope, name+attest.Suffix)
	var written *attest.Written
	text := ""
	switch {
	case c.query != "":
		return c.request(content)
	case c.token != "":
		written, err = c.addToken(content)
	case c.key == "":
		written, err = attest.AddTokens(c.envelope, content, stamp)
	default:
		written, err = attest.AddTo(c.envelope, func(existing []byte) ([]byte, error) { return sign(name, content, private, existing) }, stamp)
		text = fmt.Sprintf("%s: signed with key %s\n", c.envelope, private.Public().ID)
	}
	if err != nil {
		return err
	}
	for _, file := range written.Files {
		if strings.HasSuffix(file, attest.BundleSuffix) {
			text += file + ": for cosign and other programs\n"
		}
	}
	return c.print(text + claimed(written))
}

// content reads what is to be signed, and refuses what nobody could verify later.
func (c *signing) content(name string) ([]byte, error) {
	content, err := safefile.Read(name, verify.MaxReport)
	if err != nil {
		return nil, fmt.Errorf("read what is to be signed: %w", err)
	}
	switch {
	case c.checksums != "": // a list that self-check cannot read is refused before anybody vouches for it
		_, err = selfcheck.Parse(name, content)
	case c.evidenceFile == "":
		err = sayEarlier(c.streams, name, content)
	}
	if err != nil || c.folder == "" {
		return content, err
	}
	rules, err := (&rulesFlags{}).open()
	if err != nil {
		return nil, err
	}
	return content, verify.Unchanged(name, content, c.folder, rules)
}

func (c *signing) addToken(content []byte) (*attest.Written, error) {
	token, err := safefile.Read(c.token, timestamp.MaxReply)
	if err != nil {
		return nil, fmt.Errorf("read time stamp: %w", err)
	}
	written, err := attest.AddToken(c.envelope, content, token)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.token, err)
	}
	return written, nil
}

// signed is the file to sign, and how.
func (c *signing) signed(args []string) (string, func(string, []byte, signature.PrivateKey, []byte) ([]byte, error)) {
	switch {
	case c.evidenceFile != "":
		return c.evidenceFile, attest.SignEvidence
	case c.checksums != "":
		return c.checksums, attest.SignChecksums
	default:
		return args[0], attest.SignReport
	}
}

func (c *signing) request(content []byte) error {
	query, err := attest.Request(c.envelope, content, c.stamp.policy)
	if err != nil {
		return err
	}
	if err := safefile.Write(c.query, query); err != nil {
		return fmt.Errorf("write time-stamp request: %w", err)
	}
	return c.print(fmt.Sprintf("%s: send it to a time-stamping authority as application/timestamp-query, and add the answer with raci-check sign --timestamp\n", c.query))
}

func (c *signing) print(text string) error {
	_, err := fmt.Fprintln(c.streams.Out, sanitize.Lines(strings.TrimSuffix(text, "\n")))
	return err
}
