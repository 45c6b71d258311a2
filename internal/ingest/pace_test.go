package ingest

import (
	"context"
	"testing"
	"testing/synctest"
)

func TestAResultWaitsForTheInputThatCausedIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := newPace([]uint64{1, 6})
		if err := told.await(t.Context(), 1, 5); err != nil {
			t.Errorf("await of what came before the stream began = %v, want none", err)
		}
		passed := make(chan error, 1)
		go func() { passed <- told.await(t.Context(), 1, 7) }()
		told.reached(0, 9)
		told.reached(1, 6)
		synctest.Wait()
		select {
		case err := <-passed:
			t.Fatalf("await of input 7 = %v after input 6 of the shard", err)
		default:
		}
		told.reached(1, 8)
		if err := <-passed; err != nil {
			t.Errorf("await of input 7 = %v after input 8, want none", err)
		}
		gone, leave := context.WithCancel(t.Context())
		leave()
		if err := told.await(gone, 0, 100); err == nil {
			t.Error("await goes on after its context has ended")
		}
	})
}
