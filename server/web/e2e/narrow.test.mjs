import { everyScreen } from './screens.mjs';

everyScreen(360);
