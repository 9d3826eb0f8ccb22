/** The analysis beside the page, which stays quick meanwhile. */
import { analyse, type Heard, type Plan } from './analyse';

export interface Question {
  samples: Float32Array<ArrayBuffer>;
  rate: number;
  plan: Plan;
}

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  const heard: Heard = analyse(data.samples, data.rate, data.plan);
  postMessage(heard);
});
