import { microseconds, moment } from './format';
import type { Reason } from './why';
import { speech, t } from './words/index.svelte';

/** A reason as a sentence. */
export function reasonText(reason: Reason): string {
  const { why } = t();
  const language = speech.language;
  switch (reason.kind) {
    case 'away': return why.away(moment(reason.since, language));
    case 'late': return why.late(microseconds(Math.abs(reason.us), language));
    case 'unsure': {
      const bound = microseconds(reason.us, language);
      const size = reason.because === 'long_way' ? reason.tripUs : reason.stepUs;
      // A coordinator that is newer than this page may know a cause that the page has no words for.
      const cause = reason.because && why.unsureCauses[reason.because];
      return cause ? cause(bound, size === undefined ? '' : microseconds(size, language)) : why.unsure(bound);
    }
    case 'underruns': return why.underruns(reason.count);
    case 'starved': return why.starved(reason.count);
    case 'losses': return why.losses(reason.count);
    case 'outputFault': return why.outputFault(reason.text);
    case 'old': return why.old(microseconds(reason.ms * 1000, language));
    case 'error': return why.error(reason.text);
    default: return why[reason.kind];
  }
}
