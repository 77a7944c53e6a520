import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface BreakableWire {
  readonly port: number;
  /** Cuts every connection and refuses new ones, as a server that was stopped does. */
  stop(): Promise<void>;
  /** Cuts every connection, takes new ones and says nothing, as a server does that is starting or overwhelmed. */
  silence(): void;
  /** Leaves every connection open and carries nothing any more, as a network does that lost its way. */
  mute(): void;
  /** Lets new connections through again, on the same port. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** A TCP port in front of a server, so that a test can lose a server that others are using. */
export async function breakableWire(host: string, port: number): Promise<BreakableWire> {
  const open = new Set<Socket>();
  let silent = false;
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((near) => {
    keep(near);
    if (silent) return;
    const far = connect(port, host);
    keep(far);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  const listen = (on: number) => new Promise<void>((resolve) => server.listen(on, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  const shut = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      cut();
    });
  await listen(0);
  const { port: own } = server.address() as AddressInfo;
  return {
    port: own,
    stop: shut,
    silence: () => {
      silent = true;
      cut();
    },
    mute: () => {
      silent = true;
      for (const socket of open) socket.unpipe();
    },
    mend: async () => {
      silent = false;
      cut();
      if (!server.listening) await listen(own);
    },
    close: async () => {
      if (server.listening) await shut();
    },
  };
}
