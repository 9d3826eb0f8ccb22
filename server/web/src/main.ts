import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';
import { prefs } from './lib/prefs.svelte';
import { preferred, speech } from './lib/words/index.svelte';

prefs.applyTheme();
await speech.choose(preferred(prefs.language, navigator.languages)).catch(() => speech.choose('en'));
mount(App, { target: document.getElementById('app') ?? document.body });
