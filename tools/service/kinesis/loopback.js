// Loaded before kinesis-local, which would listen on every interface: keeps it on 127.0.0.1.
const net = require('net');
const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function (...words) {
  if (typeof words[0] === 'number') {
    words.splice(1, typeof words[1] === 'string' ? 1 : 0, '127.0.0.1');
  } else if (words[0] && typeof words[0] === 'object' && words[0].port !== undefined) {
    words[0] = { ...words[0], host: '127.0.0.1' };
  }
  return listen.apply(this, words);
};
