// Evaluates what bench_cel evaluates, on the same events, with cel-go.
//
//	bench_cel --data | cel_go ROUNDS
//
// Prints a line for each expression: ns of CPU an evaluation, the garbage collector's included;
// us to parse, check and plan; how often it was true in one round over the events.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"syscall"

	"cel.dev/cel-go/cel"
)

type data struct {
	Expressions []string
	Events      []map[string]any
}

const compiles = 200

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "cel_go:", err)
		os.Exit(2)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: bench_cel --data | cel_go ROUNDS")
	}
	rounds, err := strconv.Atoi(os.Args[1])
	if err != nil {
		return err
	}
	var input data
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		return err
	}
	image := cel.MapType(cel.StringType, cel.DynType)
	env, err := cel.NewEnv(cel.Variable("table", cel.StringType), cel.Variable("op", cel.StringType),
		cel.Variable("old", image), cel.Variable("new", image))
	if err != nil {
		return err
	}
	for _, expression := range input.Expressions {
		if err := measure(env, expression, input.Events, rounds); err != nil {
			return fmt.Errorf("%s: %w", expression, err)
		}
	}
	return nil
}

func compile(env *cel.Env, expression string) (cel.Program, error) {
	ast, issues := env.Compile(expression)
	if issues.Err() != nil {
		return nil, issues.Err()
	}
	return env.Program(ast, cel.EvalOptions(cel.OptOptimize))
}

// The maps are made once; cel-go wraps them into activations of its own, which it pools.
func measure(env *cel.Env, expression string, events []map[string]any, rounds int) error {
	begin := cpuNanoseconds()
	var program cel.Program
	var err error
	for range compiles {
		if program, err = compile(env, expression); err != nil {
			return err
		}
	}
	compileMicroseconds := (cpuNanoseconds() - begin) / compiles / 1000
	truths := 0
	begin = cpuNanoseconds()
	for range rounds {
		for _, event := range events {
			result, _, err := program.Eval(event)
			if err != nil {
				return err
			}
			if result.Value() == true {
				truths++
			}
		}
	}
	spent := (cpuNanoseconds() - begin) / float64(rounds*len(events))
	fmt.Printf("%.1f %.1f %d\n", spent, compileMicroseconds, truths/rounds)
	return nil
}

func cpuNanoseconds() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}
