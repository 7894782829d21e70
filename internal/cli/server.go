package cli

import (
	"errors"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"raci-check/internal/assess"
	"raci-check/internal/opaclient"
	"raci-check/internal/ruleset"
	"raci-check/internal/secret"
)

// tokenVariable is the environment's variable for the server's token.
const tokenVariable = "RACI_CHECK_SERVER_TOKEN"

// serverFlags say where the policies are evaluated; here, without a URL.
type serverFlags struct{ url, tokenFile string }

func (f *serverFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.url, "server", "", "`URL` of one or more OPA servers behind one address that evaluate the policies; they serve the bundle that raci-check bundle build writes with the same options; see docs/opa.md")
	flags.StringVar(&f.tokenFile, "server-token-file", "", "`file` with the bearer token for the server (default $"+tokenVariable+")")
}

// evaluateThere makes the options those of an assessment whose policies the server evaluates.
func (f serverFlags) evaluateThere(rules ruleset.Ruleset, options *assess.Options) error {
	if f.url == "" {
		if f.tokenFile != "" {
			return errors.New("--server-token-file needs a server: name it with --server")
		}
		return nil
	}
	token := os.Getenv(tokenVariable)
	if f.tokenFile != "" {
		content, err := secret.Read(f.tokenFile)
		if err != nil {
			return err
		}
		token = string(content)
	}
	built, err := buildBundle(rules, *options)
	if err != nil {
		return err
	}
	evaluator, err := opaclient.New(opaclient.Options{URL: f.url, Revision: built.Revision, Token: strings.TrimSpace(token)})
	if err != nil {
		return err
	}
	options.Evaluator, options.Parallel = evaluator, opaclient.Parallel()
	return nil
}
