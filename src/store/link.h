#ifndef RWW_STORE_LINK_H
#define RWW_STORE_LINK_H

/** Lets directory/<stage>.h5 be a relative symbolic link to the file at `path` in that directory, replacing an older
 *  one at once. Where the file system has no symbolic links, or something else has that name, this is said in the log
 *  and nothing changes: the link is for convenience. */
void rww_link_set(const char *directory, const char *stage, const char *path);

#endif
