import './style/app.css'
