// Package rego is the one place that knows the inside of OPA: which builtins policies may call, how they are compiled and
// evaluated in this process, and what is done so that a start and an evaluation are fast. Plain Go values go in and come out; they
// become OPA's values once, here. Package snapshot below it reads what is compiled when the program is built, package generate
// writes that (`go generate ./policies`) and is not a part of the program.
//
// # What makes it fast, and what each part buys
//
// Each part was taken out, alone, and the program measured without it. Instructions were counted by valgrind --tool=callgrind, with
// GOMAXPROCS=1: they do not depend on how busy the machine is. A cold start is `raci-check assess --at 2026-11-20 --allow-past-at -o json
// evidence/compliant`, 230 million instructions; an evaluation is one of `go test -bench 'Evaluate$' ./policies` without garbage
// collection, 55 million instructions. CPU time, which has the garbage collection too, is the median of seven pairs of runs. Allocations
// are those of the benchmark.
//
//	without it                                    a cold start takes   an evaluation takes
//	policies compiled ahead (snapshot)            3.55 × instructions  —
//	the form of the evidence in the snapshot      1.11 ×               —
//	the baseline of the parameters in it          1.09 ×               —
//	modules of the snapshot put without a copy    1.08 ×               —
//	small helpers put in place (Inline)           1.01 ×               1.12 × instructions, 1.18 × CPU time
//	answers kept from package to package          1.02 ×               1.03 × instructions, 1.11 × CPU time, 1.10 × allocations
//	terms of field names shared (fields)          —                    1.01 × instructions, 1.10 × CPU time, 1.12 × allocations
//
// The form and the baseline are 1.19 × together, and are read by the same reader as the checks. The modules without a copy are part of
// reading a snapshot, in five lines; the answers are an option of OPA's, in three. The rest of a start that is spared is not about OPA:
// package schema sees that a value fits without compiling the schema (1.20 × without it).
//
// Policies and evidence have grown since: on 2026-11-29 a cold start took 656
// million instructions.
//
// # What was taken out
//
// Each of these bought less than a tenth: an own cache of answers in place of OPA's (1.04 × instructions of an evaluation), an index for
// names that have one rule (1.02 ×), leaving out what is already known in a rule (1.03 ×), and reading the modules of a snapshot side by
// side (nothing). Together an evaluation takes 1.07 × the instructions that it took with them, and a cold start 1.04 ×.
//
// Answers of helpers that depend on nothing but their arguments and the data, kept
// from service to service, bought nothing (1.00 × CPU time of 200 services).
//
// # Services that share fields
//
// Shares (LocalConfig) keeps what a check found by a digest of all that it reads,
// which the static analysis of Reads names. 200 services that have the fields of
// 104 of the 221 checks in common take 0.92 × to 0.94 × CPU time in all. File
// shared.go says when it begins, how much is kept, and when it is given up.
//
// # OPA's own optimiser
//
// Partial evaluation, as `opa build -O` does it, was tried in place of Inline: package compile, version 1.22, with the findings of every
// package as entry points and the roots of the policies. Findings are of the shipped policies on the two examples and on one mutation of
// each duty.
//
//	level            parameters  optimising takes  allocations of an evaluation  findings that differ
//	plain OPA        —           —                 38,930                        0
//	1                unknown     2.1 s             39,040                        3 packages
//	1                known       2.5 s             36,050                        3 packages
//	2                unknown     2.4 s             91,880                        388 packages
//	2                known       2.7 s             —                             410 packages
//	this package     unknown     —                 29,110                        0
//
// So it buys nothing where the parameters are unknown; a profile or a file of parameters would need another optimisation at each start;
// and what it makes does not find the same: a check on a list that is not as long as its count finds nothing, for instance. Functions
// that are asked with arguments stay calls, and these are what an evaluation spends its time on.
//
// # What proves it equal to plain OPA
//
//   - TestProgramDecidesAsOPADoes (policies): plain OPA, without anything of this package, gives the same verdicts, findings and messages
//     on both examples, on every mutation, and with each field of the evidence emptied; as a snapshot, from the sources, and where
//     only the checks that a change can reach are asked again, and where services share
//     answers.
//   - TestHelpersArePutInPlace and TestHelpersThatAreAsked: each form of a helper, and which of them Inline must leave alone.
//   - TestPoliciesOfASnapshotFindTheSame (generate): every form of term, rule and error finds the same, or fails with the same words at the
//     same place, from a snapshot; also where `findings` is an object of several sets.
//   - TestSnapshotIsWhatTheSourcesGive and TestSnapshotIsReadAsItWasWritten (policies), TestSnapshotIsUsedForItsSourcesOnly (ruleset).
//   - TestInputIsWhatOPAMakesOfIt: the values of the input are those that OPA's own conversion makes.
package rego
