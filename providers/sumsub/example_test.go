package sumsub_test

import (
	"fmt"

	"github.com/bonafide-id/bonafide/providers/sumsub"
)

// What the vendor said is kept as received; Read says what it means, today and when it is read again.
func Example() {
	out, err := sumsub.Definition.Read(sumsub.Rejected)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(out.Status)
	for _, f := range out.Findings {
		fmt.Println(f.Component, f.Result, f.Confidence, f.Reasons, f.Labels)
	}
	// Output:
	// completed
	// document false 99 [forged] [FORGERY]
	// selfie unknown 0 [inconclusive] []
}
