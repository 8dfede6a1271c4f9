import { defineErrors } from '../errors.ts'

/** Faults of keys and ciphertexts. Details never carry key material or plain text. */
export const cryptoError = defineErrors('crypto', {
  'keyring-invalid': { status: 500, title: 'The keyring is not valid', titleZh: '密钥配置不合法' },
  'algorithm-unavailable': {
    status: 500,
    title: 'The algorithm is not available in this build',
    titleZh: '当前运行环境不支持该算法',
  },
  'self-test-failed': { status: 500, title: 'A cryptographic self-test failed', titleZh: '密码算法自检失败' },
  'key-unknown': { status: 500, title: 'No such key in the keyring', titleZh: '密钥不存在' },
  'envelope-malformed': { status: 500, title: 'The stored ciphertext is malformed', titleZh: '密文格式错误' },
  'envelope-rejected': {
    status: 500,
    title: 'The stored ciphertext does not belong here or was changed',
    titleZh: '密文校验失败',
  },
})
