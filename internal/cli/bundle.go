package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"raci-check/internal/assess"
	"raci-check/internal/bundle"
	"raci-check/internal/safefile"
	"raci-check/internal/sanitize"
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
		Short: "Write the policies and the values in force as a bundle that OPA serves",
		Long: `Write a bundle for Open Policy Agent: the policies without their tests, the RACI table, parameters and reference
data in force, and one rule, data.raci_check.answer, that asks every policy. Its revision is a digest of its content;
the same rules give the same bytes. docs/opa.md says how OPA and conftest use it.

With --signing-key it is signed as opa sign does it.

Exit codes: 0 written; 2 not, and why.`,
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
	flags.Var(choice{value: &alg, known: bundle.Algorithms, kind: "algorithm"}, "signing-alg", "how to sign (default by the key: RS256, ES256, ES384 or ES512)")
	return cmd
}

func newBundleInspect(streams Streams) *cobra.Command {
	format := "text"
	cmd := &cobra.Command{
		Use:     "inspect FILE",
		Short:   "Say what is in a bundle",
		Long:    "Say what is in a bundle and what it says of itself. Nothing of it is verified; raci-check bundle verify does that.",
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
	cmd.Flags().VarP(choice{value: &format, known: []string{"text", "json"}, kind: "output format"}, "output", "o", "text or json")
	return cmd
}

func newBundleVerify(streams Streams) *cobra.Command {
	var keyFile string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Hold a bundle against its signature, its revision and the contract of the policies",
		Long: `Verify that a bundle's revision is that of its content, that its policies keep the contract of docs/policies.md and
compile with nothing but what policies may call, and that its signature, with the digests of its files, is made with
the key. A signed bundle is not verified without its key, an unsigned one not with a key.

Exit codes: 0 all of it holds; 2 something does not, or cannot be told.`,
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
		at      instant
	)
	cmd := &cobra.Command{
		Use:   "input [flags] PATH...",
		Short: "Print evidence as the input that the policies see",
		Long: `Print the evidence as OPA wants it: the files of a service merged, held against the schema, and the instant of the
assessment as input.at; a line of JSON for each service. What raci-check judges beside the policies (the age of
sections, digests of artifacts, waivers, declarations) is not in it.`,
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
			inputs, err := assess.Inputs(opened, options)
			if err != nil {
				return err
			}
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
		return fmt.Errorf("%q: no arguments are wanted; -o names the file", args[0])
	}
	return nil
}
