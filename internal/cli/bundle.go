package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/bundle"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
)

func newBundle(streams Streams) *cobra.Command {
	return group("bundle", "Build, inspect and verify a bundle of the policies for Open Policy Agent", newBundleBuild(streams), newBundleInspect(streams), newBundleVerify(streams), newBundleInput(streams))
}

// bundleFlags are those that say which rules are in force.
func bundleFlags(flags *pflag.FlagSet, rules *rulesFlags, options *assess.Options) {
	rules.register(flags)
	rules.registerReference(flags)
	flags.StringVar(&options.Reading, "raci", "", readingUsage)
	profileFlag(flags, &options.Profiles)
	flags.StringVar(&options.Params, "params", "", "`file` that overrides parameters; see raci-check schema params")
}

func newBundleBuild(streams Streams) *cobra.Command {
	var (
		rules   rulesFlags
		options assess.Options
		file    string
		key     string
		alg     string
	)
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Write the policies and the values in force as a bundle for OPA",
		Long: `Write a bundle for Open Policy Agent. It contains the policies without their tests, the RACI table, the parameters and
reference data in force, and one rule that queries every policy, data.raci_check.answer. Its revision is a digest of its
content. The same rules give the same bytes. docs/opa.md says how to use it with OPA and conftest.

With --signing-key, the bundle is signed in the same way as by opa sign.

Exit codes: 0 written; 2 not written, with the reason.`,
		Example: `  raci-check bundle build
  raci-check bundle build --raci published-2025-10-21 --params params.yaml --signing-key rules.key -o okms.tar.gz`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if key == "" && alg != "" {
				return errors.New("--signing-alg says how to sign: name the key with --signing-key")
			}
			opened, err := rules.open()
			if err != nil {
				return err
			}
			built, err := assess.Bundle(opened, options)
			if err != nil {
				return err
			}
			if err := built.Compile(cmd.Context()); err != nil {
				return err
			}
			if key != "" {
				if _, err := safefile.ReadSecret(key); err != nil {
					return fmt.Errorf("signing key: %w", err)
				}
				if err := built.Sign(key, alg); err != nil {
					return err
				}
			}
			var content bytes.Buffer
			if err := built.Write(&content); err != nil {
				return err
			}
			if file == "-" {
				_, err := streams.Out.Write(content.Bytes())
				return err
			}
			if err := safefile.Write(file, content.Bytes()); err != nil {
				return fmt.Errorf("write bundle: %w", err)
			}
			_, err = fmt.Fprintf(streams.Out, "%s written, revision %s\n", sanitize.Text(file), built.Revision)
			return err
		},
	}
	flags := cmd.Flags()
	bundleFlags(flags, &rules, &options)
	flags.StringVarP(&file, "output", "o", "bundle.tar.gz", "`file` to write; - for standard output")
	flags.StringVar(&key, "signing-key", "", "`file` with the private key (PEM), or the secret of an HS algorithm, to sign with")
	flags.Var(choice{value: &alg, choices: bundle.Algorithms, kind: "algorithm"}, "signing-alg", "signing algorithm (default: the one for the key, of RS256, ES256, ES384 and ES512)")
	return cmd
}

func newBundleInspect(streams Streams) *cobra.Command {
	format := "text"
	cmd := &cobra.Command{
		Use:     "inspect FILE",
		Short:   "Show the content of a bundle",
		Long:    "Show the content of a bundle and its own description. Nothing is verified; use raci-check bundle verify for that.",
		Example: "  raci-check bundle inspect bundle.tar.gz",
		Args:    bundleFile,
		RunE: func(_ *cobra.Command, args []string) error {
			content, err := safefile.Read(args[0], bundle.MaxBytes)
			if err != nil {
				return fmt.Errorf("read bundle: %w", err)
			}
			description, err := bundle.Inspect(content)
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return description.Write(streams.Out, format)
		},
	}
	cmd.Flags().VarP(choice{value: &format, choices: []string{"text", "json"}, kind: "output format"}, "output", "o", "text or json")
	return cmd
}

func newBundleVerify(streams Streams) *cobra.Command {
	var keyFile string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Verify the signature and revision of a bundle, and the contract of its policies",
		Long: `Verify that the revision of a bundle agrees with its content, and that its policies keep the contract of docs/policies.md.
The policies must compile with only the builtins that policies may call. The signature, with the digests of the files, must
be made with the key. A signed bundle cannot be verified without its key, and an unsigned bundle cannot be verified with one.

Exit codes: 0 the bundle is valid; 2 it is not, or the question could not be answered.`,
		Example: "  raci-check bundle verify --verification-key rules.pub bundle.tar.gz",
		Args:    bundleFile,
		RunE: func(cmd *cobra.Command, args []string) error {
			content, err := safefile.Read(args[0], bundle.MaxBytes)
			if err != nil {
				return fmt.Errorf("read bundle: %w", err)
			}
			key, err := bundle.ReadVerificationKey(keyFile)
			if err != nil {
				return err
			}
			description, err := bundle.Verify(cmd.Context(), content, key)
			switch {
			case errors.Is(err, bundle.ErrNoKey):
				return fmt.Errorf("%s: %w: name it with --verification-key", args[0], err)
			case err != nil:
				return fmt.Errorf("%s: %w", args[0], err)
			}
			return description.Write(streams.Out, "text")
		},
	}
	cmd.Flags().StringVar(&keyFile, "verification-key", "", "`file` with the public key or certificate (PEM), or the secret of an HS algorithm")
	return cmd
}

func newBundleInput(streams Streams) *cobra.Command {
	var (
		rules   rulesFlags
		options = assess.Options{Stdin: streams.In}
		at      timeFlag
	)
	cmd := &cobra.Command{
		Use:   "input [flags] PATH...",
		Short: "Print evidence as the input that the policies see",
		Long: `Print the evidence as input for OPA: the merged files of each service, checked against the schema, with the time of the
assessment as input.at. Each service is one line of JSON. The input does not contain what raci-check checks outside the
policies: the age of sections, digests of artifacts, waivers and declarations.`,
		Example: "  raci-check bundle input --at 2026-11-20 evidence/gaps > input.json",
		Args:    somePaths,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := relative(slices.Clone(args), &options, &rules); err != nil {
				return err
			}
			opened, err := rules.open()
			if err != nil {
				return err
			}
			options.At = at.or(streams.Now)
			inputs, passed, err := assess.Inputs(opened, options)
			if err != nil {
				return err
			}
			streams.passedOver(passed)
			var lines bytes.Buffer
			encoder := json.NewEncoder(&lines)
			for _, input := range inputs {
				if err := encoder.Encode(input); err != nil {
					return fmt.Errorf("write input: %w", err)
				}
			}
			_, err = streams.Out.Write(lines.Bytes())
			return err
		},
	}
	inputFlags(cmd.Flags(), &rules, &options, &at)
	return cmd
}

func bundleFile(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return errors.New("name the bundle: a file that raci-check bundle build wrote")
	}
	return nil
}

func noArguments(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q: this command takes no arguments; name the file with -o", args[0])
	}
	return nil
}
