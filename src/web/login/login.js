// Trades a token for a cookie, then goes where the visitor wanted to go.
const form = document.getElementById('login');
const refused = document.getElementById('refused');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  refused.textContent = '';
  const token = document.getElementById('token').value.trim();
  try {
    const answer = await fetch('/api/v1/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    if (answer.ok) {
      location.replace(destination());
      return;
    }
    const { error } = await answer.json();
    refused.textContent = error.message;
  } catch {
    refused.textContent = 'The server does not answer.';
  }
});

/** A path of this server, never another one. */
function destination() {
  const to = new URLSearchParams(location.search).get('to') ?? '/';
  return /^\/(?![/\\])[\w\-./~%]*$/.test(to) ? to : '/';
}
