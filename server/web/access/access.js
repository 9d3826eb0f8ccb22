// The forms of the login and of the setup link. The link's secret stands behind `#`, which browsers do not send.
const form = document.getElementById('form');
const said = document.getElementById('said');
const secret = location.hash.slice(1);
if (secret) history.replaceState(null, '', location.pathname);

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  said.textContent = '';
  const body = Object.fromEntries(new FormData(form));
  if ('secret' in form.dataset) body.secret = secret;
  try {
    const answer = await fetch(form.dataset.call, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (answer.ok) {
      location.assign('./');
      return;
    }
    said.textContent = (await answer.json()).detail;
  } catch (error) {
    said.textContent = `The coordinator does not answer: ${error.message}`;
  }
});
