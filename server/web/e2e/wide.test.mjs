import { everyScreen } from './screens.mjs';

everyScreen(1280);
