document.querySelector('#send-form').submit()
