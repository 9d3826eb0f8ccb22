// Brings the sound back to where it should be, too slowly to be heard.
//
// A proportional and an integral part; the known difference of the crystals is fed forward by the caller, so the integral has little to
// do. 500 ppm is less than a cent of pitch, and works off a millisecond in two seconds.

export const MAX_CORRECTION_PPM = 500;

/** An error is to be gone in about this time. */
const TIME_S = 8;

export class Servo {
  constructor() {
    this.begin();
  }

  /** A voice begins where it should be: there is nothing to make up for. */
  begin() {
    this.integralPpm = 0;
  }

  /**
   * How much faster the content must run, ppm, for the next `seconds`.
   * @param {number} errorUs where the sound is minus where it should be; late is positive
   */
  correct(errorUs, seconds) {
    const proportional = errorUs / TIME_S;
    const integral = this.integralPpm + (errorUs * seconds) / (4 * TIME_S * TIME_S);
    const sum = proportional + integral;
    // While the limit is reached the integral waits, or it would swing over.
    if (Math.abs(sum) < MAX_CORRECTION_PPM) this.integralPpm = integral;
    return Math.max(-MAX_CORRECTION_PPM, Math.min(MAX_CORRECTION_PPM, sum));
  }
}
