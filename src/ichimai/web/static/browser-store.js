// What pages keep in the browser (IndexedDB): whole or not at all, and on the disk when it is told.

/**
 * Runs `work` in one transaction over the stores of a database, {name, stores}, which is made when
 * it is not there. Resolves, once that is kept, with what `work` answered.
 */
export async function inTransaction({ name, stores }, mode, work) {
  const database = await opened(name, stores);
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(stores, mode, { durability: "strict" });
      const found = stores.map((store) => [store, transaction.objectStore(store)]);
      let result;
      transaction.oncomplete = () => resolve(result);
      transaction.onabort = () => reject(transaction.error);
      work(Object.fromEntries(found), (answer) => { result = answer; });
    });
  } finally {
    database.close();
  }
}

function opened(name, stores) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      for (const store of stores) request.result.createObjectStore(store);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
