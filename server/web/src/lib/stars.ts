/** A rating of 100 as people see it: the nearest half of five stars; nothing where there is none. */
export function stars(rating: number | undefined | null): string {
  if (rating === undefined || rating === null) return '';
  const halves = Math.min(10, Math.max(0, Math.round(rating / 10)));
  const shown = '★'.repeat(Math.floor(halves / 2)) + (halves % 2 ? '½' : '');
  return shown || '☆';
}
