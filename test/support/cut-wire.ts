import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP port in front of a server, whose connections can be cut at an exact point of a conversation. */
export interface CutWire {
  readonly port: number;
  /** Cuts every connection at once: what is sent from now on reaches nobody. New connections go through. */
  cut(): void;
  /** Carries what is sent from now on, and cuts every connection as soon as an answer comes: it was heard, and nobody learns of it. */
  cutAtAnswer(): void;
  close(): Promise<void>;
}

export async function cutWire(host: string, port: number): Promise<CutWire> {
  const open = new Set<Socket>();
  let isCutAtAnswer = false;
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const cut = () => {
    isCutAtAnswer = false;
    for (const socket of open) socket.destroy();
  };
  const server = createServer((near) => {
    const far = connect(port, host);
    keep(near);
    keep(far);
    near.on('data', (bytes) => far.write(bytes));
    far.on('data', (bytes) => (isCutAtAnswer ? cut() : near.write(bytes)));
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    cutAtAnswer: () => {
      isCutAtAnswer = true;
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
