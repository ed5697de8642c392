// The entry point of the page.

import { render } from 'preact'
import { createClient } from '../control/client/control-client.js'
import { App } from './app.js'
import { startRouter } from './router.js'
import { openSession } from './session.js'
import { startPalette } from './views/palette.js'
import './styles/tokens.css'
import './styles/base.css'
import './styles/page.css'
import './styles/runs.css'
import './styles/hosts.css'
import './styles/run.css'
import './styles/records.css'
import './styles/timeline.css'
import './styles/threads.css'
import './styles/panel.css'
import './styles/log.css'
import './styles/dialog.css'
import './styles/sweep.css'
import './styles/report.css'
import './styles/forced-colours.css'

const client = createClient({ url: location.origin })
startPalette()
startRouter()
void openSession(client)
render(<App client={client} />, document.querySelector('#app')!)
